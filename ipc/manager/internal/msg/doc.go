// Package msg has the messages between a manager's server and its clients: what they are
// made of, and how they lie in bytes. It knows no socket and no object. The table of
// messages is in the README.md of package manager.
package msg
