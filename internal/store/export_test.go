package store

var NewPreparer = newPreparer

const Shown = shown
