"""Everything that is drawn in the browser, and all that imports Streamlit: pages, session, guard and the components.

Pages draw what use cases return. A page that needs an `if` about data needs a use case.
"""
