"""What the browser shows: the only folder that knows Streamlit. Pages draw; use cases in the other folders decide."""
