"""What is within reach of a place: potentials, accessibility, catchments."""
