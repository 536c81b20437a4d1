using TinySora.Engine.Families.TokenModel;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>Checks the tables in docs/token-models.md.</summary>
public sealed class DocumentedTokenModelTests
{
    private const string Page = "token-models.md";

    private const string Shared = "log_dir project eval_interval eval_iters log_interval sample_interval batch_size block_size n_layer dropout learning_rate "
        + "max_iters lr_decay_iters min_lr beta2 warmup_iters gradient_accumulation_steps vae_model_name tokens_input_file ";

    [Fact]
    public void Every_key_is_documented_with_its_meaning_and_default() => FamilyPage.CheckKeys(Page, new TokenModelConfig());

    /// <summary>Lists all flags of each published program.</summary>
    [Theory]
    [InlineData("nanogpt", "n_head n_embd wandb_log sparse_context_window context_stride context_stride_start mamba compile")]
    [InlineData("mdgpt", "n_head n_embd wandb_log sparse_block_size num_latent_frames use_1d_pos_emb causal only_predict_last")]
    [InlineData("mamba", "n_embed track")]
    public void Every_flag_of_the_originals_has_a_key_or_a_parameter(string program, string flags) =>
        FamilyPage.CheckFlags(Page, new TokenModelConfig(), program, Shared + flags);
}
