"""`vlitqa build`: instruction data made of annotated images, in the ways of the review and of TextBind."""
