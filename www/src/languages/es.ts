
    // Do not modify this file by hand!
    // Re-generate this file by running lit-localize

    
    import {str} from '@lit/localize';

    /* eslint-disable no-irregular-whitespace */
    /* eslint-disable @typescript-eslint/no-explicit-any */

    export const templates = {
      's1b61db587d3e3f26': `Esc`,
's216495dcfbb60998': `cambian el valor en un paso`,
's2a4079ffe2df9ede': `Flechas`,
's2e67039b0930550f': `Muestras y pestañas`,
's40cdf1d4e2f4844e': `cambian el valor en muchos pasos`,
's48b9c2e5aab7ea51': `Espacio, Intro`,
's4d6d73c939e0c45c': `mueven el lápiz; con Mayús, el triple de lejos`,
's51053b277af2237d': `apoyan el lápiz o lo levantan`,
's5e8250fb85d64c23': `Cerrar`,
's62304b3d0363cbaf': str`No se pudieron cargar los textos de la página en ${0}.`,
's6ce0ce19e201b66c': `Tabulador`,
's74e056b27fb82b0c': `Re Pág, Av Pág`,
's7a26e66fb3b5f616': `borra el dibujo`,
's868a566fb9603774': `Teclado`,
's91c9d19286150071': `levanta el lápiz`,
's96e1e670e061a743': `van al primero o al último`,
'sa8be6a2e26650963': `pasan al siguiente elemento y lo seleccionan`,
'sc0dc424bdc3e44ad': `deshace el último trazo`,
'sc1d6cf255a727480': `Control + Z`,
'sc5019b6e8b0b415f': `Inicio, Fin`,
'sd3cf51b5da8087e4': `Qué se puede hacer con el teclado`,
'sdbcbc9f511ec2679': `pasa al siguiente control`,
'sdc673e73b5c13aea': `Supr`,
'se1cf53772aea796f': `En toda la página`,
'sedafa37c4e21a6fd': `Controles deslizantes`,
'seecfdb50e69b1ad2': `Zona de dibujo`,
'sefcf950b3cc4fc3b': `Idioma`,
'sf2a4a3b1acf3f804': `abre esta lista; Esc la cierra`,
    };
  