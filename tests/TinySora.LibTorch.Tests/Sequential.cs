// Tensors are counted and the default random generator is seeded for the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
