"""What was changed where: deployments and other changes, kept and told; a change never pages."""
