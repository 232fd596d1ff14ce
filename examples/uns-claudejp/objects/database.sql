-- Differs from the server's defaults in all that CREATE DATABASE decides: a restore into a plain new database loses it.
CREATE DATABASE uns_objects OWNER objects_owner TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER icu ICU_LOCALE 'ja-JP' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' CONNECTION LIMIT 50
