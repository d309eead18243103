package child

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// A child learns its role from an environment variable and an inherited socket
// that must agree: the variable alone, which any user could set, makes no process a
// child. The variable reads TOKEN:MAXMESSAGE and the words of the role, a colon
// before each, and the control socket begins with the same token.
const roleVariable = "FANFOLD_IPC_WORKER"

const tokenSize = 16

// A Role is what a child is started for, as its parent says and as the child learns.
type Role struct {
	MaxMessage     int
	Ring           bool   // calls come through shared memory, which is the first of Birth.More
	Spin           bool   // there are processors enough for waiting to be busy for a moment
	NoSharedMemory bool   // nothing comes through shared memory, nor goes
	Once           bool   // there is one call, and the process ends with it
	Name           string // of the process, if it is not one of many
	Files          int    // so many of Birth.More are the user's
	Limits         Limits

	stack    uint64 // the limit of stacks that this process had, if that was lowered
	oneArena bool   // malloc was told to have one reserve
}

func newToken() []byte {
	token := make([]byte, tokenSize)
	rand.Read(token)
	return token
}

// variable returns the environment variable that tells a child its role.
func (r *Role) variable(token []byte) string {
	var text strings.Builder
	text.WriteString(roleVariable + "=" + hex.EncodeToString(token) + ":" + strconv.Itoa(r.MaxMessage))
	for word, n := range map[string]int64{
		"ring": number(r.Ring), "pipes": number(r.NoSharedMemory), "spin": number(r.Spin), "once": number(r.Once), "files": int64(r.Files),
		"memory": r.Limits.Memory, "cpu": int64(r.Limits.CPU), "open": int64(r.Limits.Files),
		"size": r.Limits.FileSize, "nocore": number(r.Limits.NoCore),
	} {
		if n != 0 {
			text.WriteString(":" + word + "=" + strconv.FormatInt(n, 10))
		}
	}
	if r.Name != "" {
		text.WriteString(":name=" + hex.EncodeToString([]byte(r.Name)))
	}
	return text.String()
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// parseRole is the inverse of variable, without the name of the variable.
func parseRole(text string) (r Role, token []byte, ok bool) {
	tokenText, rest, _ := strings.Cut(text, ":")
	limitText, words, _ := strings.Cut(rest, ":")
	token, err := hex.DecodeString(tokenText)
	maxMessage, err2 := strconv.Atoi(limitText)
	if err != nil || err2 != nil || len(token) != tokenSize || maxMessage <= 0 {
		return Role{}, nil, false
	}
	r.MaxMessage = maxMessage
	return r, token, r.parse(words)
}

// parse takes in the words of the role.
func (r *Role) parse(words string) bool {
	for word := range strings.SplitSeq(words, ":") {
		key, value, _ := strings.Cut(word, "=")
		if key == "name" {
			name, err := hex.DecodeString(value)
			if err != nil {
				return false
			}
			r.Name = string(name)
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case word == "":
		case err != nil || n < 0:
			return false
		case key == "ring":
			r.Ring = n == 1
		case key == "spin":
			r.Spin = n == 1
		case key == "pipes":
			r.NoSharedMemory = n == 1
		case key == "once":
			r.Once = n == 1
		case key == "files":
			r.Files = int(n)
		case key == "memory":
			r.Limits.Memory = n
		case key == "cpu":
			r.Limits.CPU = time.Duration(n)
		case key == "open":
			r.Limits.Files = int(n)
		case key == "size":
			r.Limits.FileSize = n
		case key == "stack":
			r.stack = uint64(n)
		case key == "arena":
			r.oneArena = n == 1
		case key == "nocore":
			r.Limits.NoCore = n == 1
		}
	}
	return true
}
