package store

var NewPreparer = newPreparer
