package words_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/fanfold/fanfold/examples/wordcount/words"
)

func Example() {
	dir, err := os.MkdirTemp("", "words")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	os.WriteFile(one, []byte("to be or not to be"), 0o600)
	os.WriteFile(two, []byte("to do"), 0o600)

	ctx := context.Background()
	a, _ := words.Count(ctx, []string{one})
	b, _ := words.Count(ctx, []string{two})
	both := words.Merge(a, b)

	for _, top := range both.Words.Top(2) {
		fmt.Printf("%d %s\n", top.Count, top.Word)
	}
	fmt.Println(both.Total, "words,", both.Words.Len(), "distinct")
	// Output:
	// 3 to
	// 2 be
	// 8 words, 5 distinct
}
