"""`/reviews`, each as Markdown and as a page, and `/reviews/subscribers`."""
