"""MIM, the model of TextBind: it reads pictures anywhere in a conversation, and describes those that it draws."""
