module gosnoop.test/programs

go 1.19
