# The same in batches of 32, of whose arithmetic the orthogonal steps are a smaller part.
@{
    Preset = 'shapes-quick'
    Set = @{ 'trainer.optimizer' = 'muon'; 'trainer.train_lr' = 0.014; 'trainer.train_batch_size' = 32 }
    Clips = 10000
}
