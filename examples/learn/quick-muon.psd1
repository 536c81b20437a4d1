# The demo's preset with orthogonal steps for its matrices and convolutions.
@{
    Preset = 'shapes-quick'
    Set = @{ 'trainer.optimizer' = 'muon'; 'trainer.train_lr' = 0.01 }
    Clips = 10000
}
