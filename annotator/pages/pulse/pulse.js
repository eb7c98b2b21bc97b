// Asks for the fragment that it is in, as long as that is on the page.

/** Streamlit calls this when the element appears, and what it returns when the element goes. */
export default function mount({ data, setTriggerValue }) {
  const timer = setInterval(() => setTriggerValue("beat", true), data.every_ms);
  return () => clearInterval(timer);
}
