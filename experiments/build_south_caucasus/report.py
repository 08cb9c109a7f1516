def report(b): return ["x"]
def write_into(p,l): pass
