package main

import "fmt"

// assert panics if a condition does not hold.
func assert(holds bool, values ...any) {
	if !holds {
		panic("assertion failed" + _list(": ", values))
	}
}

// _show prints the values of an expression, but for the error that is none.
func _show(values ...any) {
	if last := len(values) - 1; last > 0 && values[last] == nil {
		values = values[:last]
	}
	fmt.Println(_list("", values))
}

// _list is the values behind a text, or nothing if there is none.
func _list(text string, values []any) string {
	if len(values) == 0 {
		return ""
	}
	for i, v := range values {
		if i > 0 {
			text += " "
		}
		switch v := v.(type) {
		case string:
			text += fmt.Sprintf("%q", v)
		case error:
			text += v.Error()
		default:
			text += fmt.Sprintf("%+v", v)
		}
	}
	return text
}
