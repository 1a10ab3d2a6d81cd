// AssemblyScript's names of integers, for tests that import its files of numbers.

type i32 = number;
type u32 = number;
type u64 = number;
