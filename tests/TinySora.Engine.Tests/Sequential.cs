// The default random generator and libtorch's threads belong to the whole process: tests that seed the one or use the others
// cannot run beside each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
