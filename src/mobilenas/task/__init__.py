"""What is learned from a backbone: detection and segmentation."""
