"""Device files that come with ttplan."""
