# The GPT over 320 tokens a clip of shapes-fsq, an autoencoder of its own with 125 codes.
@{
    Preset = 'shapes-gpt'
    Set = @{ 'tokens.codec' = './shapes-fsq'; 'model.code_levels' = $null; 'model.block_size' = 320; 'trainer.train_num_steps' = 3500 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}
