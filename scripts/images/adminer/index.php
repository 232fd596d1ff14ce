<?php
// Adminer's login form with the server of the stack filled in (ADMINER_DEFAULT_SERVER, as in the official image).
function adminer_object() {
    class KintsugiAdminer extends Adminer {
        function loginFormField($name, $heading, $value) {
            $server = getenv('ADMINER_DEFAULT_SERVER') ?: 'db';
            if ($name === 'server') {
                $value = str_replace('value=""', 'value="' . htmlspecialchars($server, ENT_QUOTES) . '"', $value);
            }
            return parent::loginFormField($name, $heading, $value);
        }
    }
    return new KintsugiAdminer;
}
require '/usr/share/adminer/adminer.php';
