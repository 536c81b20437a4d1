# gpt-320 with twice the batch size, in 2000 steps.
@{
    Preset = 'shapes-gpt'
    Set = @{
        'tokens.codec' = './shapes-fsq'; 'model.code_levels' = $null; 'model.block_size' = 320
        'trainer.train_batch_size' = 16; 'trainer.adam_beta2' = 0.99; 'trainer.train_num_steps' = 2000
    }
    Autoencoder = 'shapes-fsq'
    AutoencoderSet = @{ 'model.network_variant' = 's1x4x4_fsq'; 'model.fsq_levels' = @(5, 5, 5); 'model.n_hiddens' = $null }
    Clips = 10000
}
