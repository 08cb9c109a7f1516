"""Commands of the ``caravan`` program, one module per family; ``abm.cli`` loads a module when its command is called."""
