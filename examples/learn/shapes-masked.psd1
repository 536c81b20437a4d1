# The masked transformer on the tokens of shapes-gpt, with a convolution over neighboring tokens before each block, and top-p sampling.
@{
    Preset = 'shapes-masked'
    Clips = 10000
}
