"""What a message means: words and the state they are said in become a set of acts out of a closed list.

Nothing here decides: what is sure is in `acts`, what is to be asked back in `asks`. No I/O after loading.
"""
