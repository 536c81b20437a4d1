# lean-1700 with twice the batch size and half the steps; adam_beta2 averages over the same number of clips.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_batch_size' = 16; 'trainer.adam_beta2' = 0.99; 'trainer.train_num_steps' = 850 }
    Clips = 10000
}
