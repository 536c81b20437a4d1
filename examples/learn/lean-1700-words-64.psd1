# lean-1700 with text embeddings of half the width.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'text.width' = 64; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}
