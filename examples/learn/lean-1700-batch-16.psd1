# lean-1700 in twice the batch and half the steps, the second moment over as many clips.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_batch_size' = 16; 'trainer.adam_beta2' = 0.99; 'trainer.train_num_steps' = 850 }
    Clips = 10000
}
