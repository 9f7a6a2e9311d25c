"""Where the stolen units went: taint policies and their kernels, the walk, the dispositions that partition a theft."""
