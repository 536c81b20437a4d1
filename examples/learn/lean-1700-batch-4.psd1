# lean-1700 with half the batch size and twice the steps; adam_beta2 averages over the same number of clips.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_batch_size' = 4; 'trainer.adam_beta2' = 0.9975; 'trainer.train_num_steps' = 3400 }
    Clips = 10000
}
