package console

import "os"

// sources is this folder.
var sources = os.DirFS(".")
