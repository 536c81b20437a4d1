# emoji-2500 with the mean of word vectors instead of attention to the words.
@{
    Preset = 'emoji'
    Set = @{ 'unet.dim' = 24; 'unet.text_attention' = $false; 'trainer.train_num_steps' = 2700 }
    Clips = 4000
    Sprites = 'emoji-24'
}
