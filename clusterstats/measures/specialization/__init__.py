"""What a region is made of: specialization and diversity of its industries."""
