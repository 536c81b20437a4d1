# shapes-quick with Muon (orthogonalized steps) for matrices and convolutions.
@{
    Preset = 'shapes-quick'
    Set = @{ 'trainer.optimizer' = 'muon'; 'trainer.train_lr' = 0.01 }
    Clips = 10000
}
