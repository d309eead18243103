package sequential_test

import (
	"slices"

	gofunctional "github.com/BooleanCat/go-functional/v2/it"
	loit "github.com/samber/lo/it"

	"github.com/fanfold/fanfold/functional"
)

// Chains of two, four, six and eight Maps, written out: a loop over the functions
// would be another program for the compiler. Two Maps in a row are two copies of the
// same call, which it does not inline into each other; the fused form is one Map with
// a function that calls all of them.

func loop2(s []int) int {
	sum := 0
	for _, v := range s {
		sum = add(sum, flip(triple(v)))
	}
	return sum
}

func loIt2(s []int) int {
	return loit.Reduce(loit.Map(loit.Map(slices.Values(s), triple), flip), add, 0)
}

func goFunctional2(s []int) int {
	return gofunctional.Fold(gofunctional.Map(gofunctional.Map(slices.Values(s), triple), flip), add, 0)
}

func fanfold2(s []int) int {
	return functional.Fold(functional.Map(functional.Map(slices.Values(s), triple), flip), 0, add)
}

func fused2(s []int) int {
	return functional.Fold(functional.Map(slices.Values(s), func(i int) int { return flip(triple(i)) }), 0, add)
}

func loop4(s []int) int {
	sum := 0
	for _, v := range s {
		sum = add(sum, square(shift(flip(triple(v)))))
	}
	return sum
}

func loIt4(s []int) int {
	return loit.Reduce(loit.Map(loit.Map(loit.Map(loit.Map(slices.Values(s), triple), flip), shift), square), add, 0)
}

func goFunctional4(s []int) int {
	return gofunctional.Fold(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(slices.Values(s), triple), flip), shift), square), add, 0)
}

func fanfold4(s []int) int {
	return functional.Fold(functional.Map(functional.Map(functional.Map(functional.Map(slices.Values(s), triple), flip), shift), square), 0, add)
}

func fused4(s []int) int {
	return functional.Fold(functional.Map(slices.Values(s), func(i int) int { return square(shift(flip(triple(i)))) }), 0, add)
}

func loop6(s []int) int {
	sum := 0
	for _, v := range s {
		sum = add(sum, flip(triple(square(shift(flip(triple(v)))))))
	}
	return sum
}

func loIt6(s []int) int {
	return loit.Reduce(loit.Map(loit.Map(loit.Map(loit.Map(loit.Map(loit.Map(slices.Values(s), triple), flip), shift), square), triple), flip), add, 0)
}

func goFunctional6(s []int) int {
	return gofunctional.Fold(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(slices.Values(s), triple), flip), shift), square), triple), flip), add, 0)
}

func fanfold6(s []int) int {
	return functional.Fold(functional.Map(functional.Map(functional.Map(functional.Map(functional.Map(functional.Map(slices.Values(s), triple), flip), shift), square), triple), flip), 0, add)
}

func fused6(s []int) int {
	return functional.Fold(functional.Map(slices.Values(s), func(i int) int { return flip(triple(square(shift(flip(triple(i)))))) }), 0, add)
}

func loop8(s []int) int {
	sum := 0
	for _, v := range s {
		sum = add(sum, square(shift(flip(triple(square(shift(flip(triple(v)))))))))
	}
	return sum
}

func loIt8(s []int) int {
	return loit.Reduce(loit.Map(loit.Map(loit.Map(loit.Map(loit.Map(loit.Map(loit.Map(loit.Map(slices.Values(s), triple), flip), shift), square), triple), flip), shift), square), add, 0)
}

func goFunctional8(s []int) int {
	return gofunctional.Fold(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(gofunctional.Map(slices.Values(s), triple), flip), shift), square), triple), flip), shift), square), add, 0)
}

func fanfold8(s []int) int {
	return functional.Fold(functional.Map(functional.Map(functional.Map(functional.Map(functional.Map(functional.Map(functional.Map(functional.Map(slices.Values(s), triple), flip), shift), square), triple), flip), shift), square), 0, add)
}

func fused8(s []int) int {
	return functional.Fold(functional.Map(slices.Values(s), func(i int) int { return square(shift(flip(triple(square(shift(flip(triple(i)))))))) }), 0, add)
}
