# quick-muon with batches of 32, which make the orthogonalization a smaller part of the FLOPs.
@{
    Preset = 'shapes-quick'
    Set = @{ 'trainer.optimizer' = 'muon'; 'trainer.train_lr' = 0.014; 'trainer.train_batch_size' = 32 }
    Clips = 10000
}
