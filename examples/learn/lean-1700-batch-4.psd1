# lean-1700 in half the batch and twice the steps, the second moment over as many clips.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_batch_size' = 4; 'trainer.adam_beta2' = 0.9975; 'trainer.train_num_steps' = 3400 }
    Clips = 10000
}
