"""Every sentence about results, one module a subject."""
