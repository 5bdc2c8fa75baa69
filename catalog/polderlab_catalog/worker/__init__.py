"""What happens in the background: ingests, snapshots, quality runs, harvests."""
