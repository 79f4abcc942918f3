"""The bottom floor: values and errors every room may use. Nothing here imports Django."""
