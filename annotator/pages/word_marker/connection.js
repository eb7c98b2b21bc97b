// What Streamlit shows of the page's connection to its server, and of the work that the server does for the page.

const shown = () => document.querySelector('[data-testid="stApp"]')?.dataset ?? {};

/** Return whether the page is cut off from the server; Streamlit notices at once when a server ends. */
export const isDisconnected = () => !navigator.onLine || (shown().testConnectionState ?? "CONNECTED") !== "CONNECTED";

/** Return whether the server is working for this page, which may be waiting for its turn to write. */
export const isServerAtWork = () => shown().testConnectionState === "CONNECTED" && shown().testScriptState === "running";

/** Close "Connection error", which traps the focus although marking still works; our saved state shows what is not saved. */
export function closeStreamlitsDialog() {
  document.querySelector('[data-testid="stDialog"] button[aria-label="Close"]')?.click();
}
