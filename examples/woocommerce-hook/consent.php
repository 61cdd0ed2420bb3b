// All notes are written each time: the block checkout updates one draft order repeatedly.
function amzn_consent_notes( WC_Order $order ) {
	// The WP Consent API. Without a type there is no banner, and wp_has_consent() is true for everybody.
	$asked  = function_exists( 'wp_get_consent_type' ) && wp_get_consent_type();
	$signal = $asked && wp_has_consent( 'marketing' ) ? 'granted' : 'denied';
	$order->update_meta_data( 'amzn_user_data', $signal );
	$order->update_meta_data( 'amzn_ad_storage', $signal );
	// The IAB's string, where the banner keeps it in its cookie.
	$tcf = sanitize_text_field( wp_unslash( $_COOKIE['euconsent-v2'] ?? '' ) );
	$order->update_meta_data( 'amzn_tcf', $tcf );
	// Global Privacy Control: the browser asks not to sell or share.
	$opt_out = '1' === ( $_SERVER['HTTP_SEC_GPC'] ?? '' ) ? 'true' : 'false';
	$order->update_meta_data( 'amzn_limited_data_use', $opt_out );
}
add_action( 'woocommerce_checkout_create_order', 'amzn_consent_notes' );
add_action( 'woocommerce_store_api_checkout_update_order_from_request', 'amzn_consent_notes' );
