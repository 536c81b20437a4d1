# emoji-2500 with half the batch and twice the steps, adam_beta2 0.9975.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'trainer.train_num_steps' = 5000; 'trainer.train_batch_size' = 4; 'trainer.adam_beta2' = 0.9975 }
    Clips = 4000
    Sprites = 'emoji-24'
}
