"""The paper's experiments on sets that anyone can have: trials, summary, tables, report."""
