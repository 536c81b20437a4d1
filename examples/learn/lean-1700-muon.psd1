# lean-1700 with Muon (orthogonalized steps).
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.optimizer' = 'muon'; 'trainer.train_lr' = 0.01; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}
