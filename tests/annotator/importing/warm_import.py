"""What the warm server of imports loads: all that an import of lines or a table loads before it reads them."""

import annotator.importing.run
import annotator.importing.upload_process  # noqa: F401
